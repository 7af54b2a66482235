"""Pure: a scene file in, a report and a video out."""
