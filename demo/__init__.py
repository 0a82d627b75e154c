"""`make demo`: a simulated centre, one daily run over it, and a digest of what came out."""
