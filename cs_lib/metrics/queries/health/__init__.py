"""What a whole source holds, table by table: its days, its keys, its labels and its times."""
