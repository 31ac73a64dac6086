"""Worker processes that parse untrusted files under limits on time and memory."""
