"""Questions in, answers with footnotes out, over a snapshot that ``index`` made."""
