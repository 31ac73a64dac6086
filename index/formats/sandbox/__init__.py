"""Worker processes that read untrusted files under limits on time and memory."""
