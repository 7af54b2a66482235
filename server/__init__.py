"""How the tutor is reached: settings, the model engine, the OpenAI-compatible API and the command line."""
