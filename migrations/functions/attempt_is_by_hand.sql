-- function: attempt_is_by_hand(uuid, int)
-- Whether ops asked for this attempt: such a one is one attempt, and parks again at once when it fails.
create or replace function attempt_is_by_hand(p_settlement_id uuid, p_attempt int) returns boolean
language plpgsql stable
as $$
begin
  return exists (
    select
    from settlement_events e
    where e.settlement_id = p_settlement_id and e.attempt = p_attempt
      and e.kind = 'step' and e.from_status = 'failed' and e.actor <> 'engine'
  );
end
$$;
