import type { Endpoint } from '../view/endpoint.ts'

/**
 * How one of several instances is picked:
 *
 * - `round-robin`: one after the other; weights are not looked at.
 * - `random`: each equally likely.
 * - `weighted`: each as likely as its weight says.
 * - `least-requests`: of two drawn at random, the one with fewer calls under way for its weight
 *   (the power of two choices, Mitzenmacher 2001); the default, since it also spares slow instances.
 */
export type StrategyName = 'round-robin' | 'random' | 'weighted' | 'least-requests'

/** All strategies. */
export const strategyNames: readonly StrategyName[] = ['round-robin', 'random', 'weighted', 'least-requests']

/** Picks from a fixed, non-empty list in constant time; made anew whenever the list changes. */
export type Chooser = () => Endpoint
