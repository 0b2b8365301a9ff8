import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/**
 * What ops can filter by in the Temporal UI. No personal data and no amounts: search attributes are never encrypted.
 * SQL visibility has room for 10 Keyword and 3 of each other kind.
 */
export const SEARCH_ATTRIBUTES = {
  phase: defineSearchAttributeKey('SettlementPhase', SearchAttributeType.KEYWORD),
  status: defineSearchAttributeKey('SettlementStatus', SearchAttributeType.KEYWORD),
  failureCode: defineSearchAttributeKey('FailureCode', SearchAttributeType.KEYWORD),
  symbol: defineSearchAttributeKey('Symbol', SearchAttributeType.KEYWORD),
  flow: defineSearchAttributeKey('Flow', SearchAttributeType.KEYWORD),
  accounts: defineSearchAttributeKey('Accounts', SearchAttributeType.KEYWORD_LIST),
  settlementDate: defineSearchAttributeKey('SettlementDate', SearchAttributeType.DATETIME),
  parkedSince: defineSearchAttributeKey('ParkedSince', SearchAttributeType.DATETIME),
  retryCount: defineSearchAttributeKey('RetryCount', SearchAttributeType.INT),
} as const;
