"""HTML of the page's regions. No input or output."""
