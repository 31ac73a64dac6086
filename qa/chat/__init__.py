"""Conversations: their store, their running answers, their export."""
