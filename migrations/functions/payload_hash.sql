-- function: payload_hash(text)
-- What a trade id, or an idempotency key, is bound to: the SHA-256 of a canonical text, in hex.
create or replace function payload_hash(p_text text) returns text
language sql immutable strict
as $$
  select encode(sha256(convert_to(p_text, 'UTF8')), 'hex')
$$;
