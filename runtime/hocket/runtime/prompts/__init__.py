"""What models are told: a few templates, and the schemas of tools made strict."""
