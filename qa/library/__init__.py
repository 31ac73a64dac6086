"""The documents behind the chat: uploads, indexing in the background, suggested questions."""
