"""The `hisolver finetune` commands: `finetune` wired to the settings, the sandbox and the engine. One file a group, each with `register(app)`."""
