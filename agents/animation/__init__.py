"""The animation subgraph: a storyboard of beats, each coded, rendered, inspected and repaired, then joined."""
