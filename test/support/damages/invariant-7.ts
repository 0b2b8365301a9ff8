import { sql } from '../../../src/postgres/sql';
import { type Damage, dropConstraint, SECOND } from './damage';

/** Damages to invariant 7: the books as a whole. */
export const DAMAGES_7: readonly Damage[] = [
  {
    what: 'an account with money is of a kind that the books do not know',
    red: '7-assets-sum-to-zero',
    by: ({ buyer }) => [
      dropConstraint('accounts', 'accounts_kind'),
      sql.void`update accounts set kind = 'house' where id = ${buyer}`,
    ],
  },
  {
    what: 'custody is off: an opening came from the fees',
    red: '7-openings-come-from-custody',
    by: () => [
      sql.void`update postings set account_id = (select id from accounts where kind = 'fees') where amount = -100000`,
    ],
  },
  {
    what: 'the fees went back to custody as an adjustment',
    red: '7-openings-come-from-custody',
    by: () => [
      sql.void`insert into ledger_transactions (id, kind, idempotency_key, payload_hash, actor)
        values (${SECOND}, 'adjustment', 'sweep', '', 'test')`,
      sql.void`insert into postings (transaction_id, account_id, asset, amount)
        select ${SECOND}::uuid, id, 'USDT', case when kind = 'fees' then -1 else 1 end
        from accounts where kind in ('fees', 'custody')`,
    ],
  },
  {
    what: 'a system account has a balances row',
    red: '7-only-customers-have-balances',
    by: () => [
      sql.void`insert into balances (account_id, asset, available)
        select id, 'USDT', 5 from accounts where kind = 'fees'`,
    ],
  },
  {
    what: 'a system account has a balances row of zero',
    red: '7-only-customers-have-balances',
    by: () => [
      sql.void`insert into balances (account_id, asset) select id, 'USDC' from accounts where kind = 'custody'`,
    ],
  },
  {
    what: 'cash_balance is off',
    red: '7-accounts-show-their-cash',
    by: ({ buyer }) => [sql.void`update accounts set cash_balance = cash_balance + 1 where id = ${buyer}`],
  },
  {
    what: 'reserved_balance is off',
    red: '7-accounts-show-their-cash',
    by: ({ buyer }) => [sql.void`update accounts set reserved_balance = 0 where id = ${buyer}`],
  },
];
