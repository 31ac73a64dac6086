"""How the reader's weights are made; an optional part that ``qa`` and ``index`` never import."""
