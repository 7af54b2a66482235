"""The model behind the tutor: pinned weights, the embedded llama.cpp server, and the client for any OpenAI-compatible endpoint."""
