"""What endpoints do to a base: tables, columns, options, views, rows, listing."""
