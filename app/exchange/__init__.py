"""Import and export of folders of CSV files, and export of what the analysis says."""
