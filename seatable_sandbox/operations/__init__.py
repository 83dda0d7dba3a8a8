"""Operations of endpoints on a base: tables, columns, options, views, rows, listing."""
