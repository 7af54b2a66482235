"""An adapter as others take it: a folder for vLLM, a GGUF LoRA for the embedded engine, merged weights."""
