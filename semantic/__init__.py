"""Ask the semantic layer: metrics by name, cut by dimension, over the published marts."""
