"""From collected files to scenes that stand alone: `pipeline.preprocess` is the step, `repository.scenes_of` its work on one repository."""
