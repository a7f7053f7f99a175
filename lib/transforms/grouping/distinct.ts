import {type DoFn, STAGE_OPTION_NAMES} from '../../core/index.ts'
import {badOption, checkOptionNames, enumOption} from '../../errors/index.ts'
import type {TagsWith} from '../function-stage.ts'
import {Distinct, type DistinctOptions} from './seen/distinct-stage.ts'

/**
 * A DoFn that hands on the first of equal elements in each window, and drops the others.
 *
 * Elements are equal if their keys are (see `by`): objects with the same properties in any order are. An element leaves at once, with
 * its id, timestamp, windows and lease; the messages of copies are acknowledged. In overlapping windows it stays in those of
 * its windows in which it is the first. Elements of windows that are over are dropped and counted as late.
 *
 * Keys are kept until their window is over, or the input ends. When they exceed `memory`, elements with further keys wait on disk until
 * then, in unnamed temporary files (`TMPDIR`), and leave in another order; these must be plain data. Elements that hold messages do not
 * wait: on messages, choose windows whose keys fit into memory.
 *
 * @param options `by` (the element), `memory` (256 MB), `state`, `onError`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_WINDOWING` or `ERR_SLUICE_CHECKPOINT` before anything is read
 *   from an endless source without windows, from messages without `state`, in sessions, with a checkpoint, or before onError: 'nack';
 *   `ERR_SLUICE_PROCESS` for a key that cannot be had or encoded; `ERR_SLUICE_WRITE` when the disk is full
 *
 * @example
 * const visits = [{user: 'ada', page: '/'}, {user: 'bob', page: '/'}, {user: 'ada', page: '/docs'}]
 * await chain(create(visits), distinct({by: visit => visit.user}), writeToStdout({format: 'json'}))
 */
export function distinct<I, const Tag extends string = never>(
  options: DistinctOptions<I, Tag> = {},
): DoFn<I, I, TagsWith<I, {}, Tag>> {
  const where = options?.name ?? 'distinct'
  checkOptionNames(where, options, [...STAGE_OPTION_NAMES, 'by', 'memory', 'state', 'onError'])
  const {by, state} = options
  if (by !== undefined && typeof by !== 'function') throw badOption(where, 'by', by, 'a function element => key')
  if (state !== undefined) enumOption(where, 'state', state, 'volatile', ['volatile'])
  return new Distinct<I, {}>(options) as unknown as DoFn<I, I, TagsWith<I, {}, Tag>>
}
