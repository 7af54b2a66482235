"""The commands of `hisolver corpus`: `retrieval` does the work, and what it needs of the rest of the house is handed to it here."""
