"""The commands `hisolver corpus ...`, one file a group."""
