"""HTTP routes, except for those of Gradio."""
