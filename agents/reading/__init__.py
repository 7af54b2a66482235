"""Pure: reads a problem out of a picture. `formats` looks at the bytes, `reader` has them decoded and read inside the sandbox."""
