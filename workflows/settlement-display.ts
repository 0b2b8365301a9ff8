import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Settlement } from '../src/domain/settlement';
import { SEARCH_ATTRIBUTES } from '../src/protocol/temporal/search-attributes';
import { currentDetailsOf, searchAttributesOf } from '../src/protocol/temporal/settlement-visibility';
import { phaseOf } from '../src/domain/settlement';

/**
 * Shows a settlement where ops look: its details always, its search attributes when its phase changes to or from one that
 * they filter by. An upsert is an event in the history and a write to visibility, so a straight settlement has only one.
 */
export function showSettlement(s: Settlement, waitsFor: string | null): void {
  setCurrentDetails(currentDetailsOf(s, waitsFor));
  const shown = workflowInfo().typedSearchAttributes;
  if (isNews(s, shown)) upsertSearchAttributes([...searchAttributesOf(s), ...outdatedOf(s, shown)]);
}

type Shown = ReturnType<typeof workflowInfo>['typedSearchAttributes'];

function isNews(s: Settlement, shown: Shown): boolean {
  const phase = phaseOf(s);
  const shownPhase = shown.get(SEARCH_ATTRIBUTES.phase);
  if (isMoving(phase)) return !isMoving(shownPhase);
  return phase !== shownPhase || (s.failure_code ?? undefined) !== shown.get(SEARCH_ATTRIBUTES.failureCode);
}

function isMoving(phase: string | undefined): boolean {
  return phase === 'in_progress' || phase === 'waiting';
}

/** What is shown of an attempt that failed and has no meaning any more; null takes an attribute away. */
function outdatedOf(s: Settlement, shown: Shown): SearchAttributeUpdatePair[] {
  const updates: SearchAttributeUpdatePair[] = [];
  if (s.failure_code === null && shown.get(SEARCH_ATTRIBUTES.failureCode) !== undefined)
    updates.push({ key: SEARCH_ATTRIBUTES.failureCode, value: null });
  if (s.parked_since === null && shown.get(SEARCH_ATTRIBUTES.parkedSince) !== undefined)
    updates.push({ key: SEARCH_ATTRIBUTES.parkedSince, value: null });
  return updates;
}
