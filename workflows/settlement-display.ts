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
  if (shown.get(SEARCH_ATTRIBUTES.phase) === undefined || isNews(s, shown.get(SEARCH_ATTRIBUTES.phase), shown)) {
    upsertSearchAttributes(searchAttributesOf(s));
  }
}

type Shown = ReturnType<typeof workflowInfo>['typedSearchAttributes'];

function isNews(s: Settlement, shownPhase: string | undefined, shown: Shown): boolean {
  const moving = (phase: string | undefined): boolean => phase === 'in_progress' || phase === 'waiting';
  const phase = phaseOf(s);
  if (moving(phase)) return !moving(shownPhase);
  return phase !== shownPhase || (s.failure_code ?? undefined) !== shown.get(SEARCH_ATTRIBUTES.failureCode);
}
