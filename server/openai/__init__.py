"""The part of OpenAI's API that chat clients use: one triad a route (protocol, serving, router)."""
