-- The attempts made before an export was last retried by hand, when that was, and its place in a trace (W3C traceparent).
alter table exports add column attempts_before bigint not null default 0;
alter table exports add column retried_at timestamptz;
alter table exports add column traceparent text;
