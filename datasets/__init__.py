"""From archived pages to tables that researchers compare."""
