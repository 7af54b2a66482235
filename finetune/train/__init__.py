"""Training of LoRA adapters: the same code on a CPU, a GPU and several."""
