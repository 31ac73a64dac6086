"""Language models that write: the protocol, and a client of any server with OpenAI's protocol."""
