-- A named set of scopes that a key has besides those it names itself.
alter table api_keys add column role text;
