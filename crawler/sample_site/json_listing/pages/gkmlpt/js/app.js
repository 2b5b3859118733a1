// Asks /gkmlpt/api/all/<column>?page=<n>&sid=<site> for the list of a column.
