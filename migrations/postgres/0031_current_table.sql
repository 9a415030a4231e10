-- The table that a running export reads, by its name in the catalog.
alter table exports add column current_table text;
