"""The commands of `hisolver corpus ...`: one file a group, each with `register`; heavy imports stand inside the commands."""
