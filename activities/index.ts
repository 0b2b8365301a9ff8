/** Every activity of the worker; the parts they are made of come in through one signature. */
export {
  createSettlementActivities as createActivities,
  type SettlementActivityParts as ActivityParts,
} from './settlement';
