"""HTTP routes beside the Gradio page."""
