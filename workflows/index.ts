/** Each export is a workflow type, by its name. */
export { settleTrade } from './settle-trade';
