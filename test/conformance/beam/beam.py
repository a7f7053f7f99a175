"""Runs the cases of a JSON file on Apache Beam's Python SDK, in its in-process runner, and prints what it emits as JSON.

Usage: python3 beam.py cases.json > panes.json
"""
import json
import logging
import multiprocessing
import os
import sys
import tempfile

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing.test_stream import TestStream
from apache_beam.transforms import trigger, window

SECONDS = 15  # for one case
RUNNER = 'BundleBasedDirectRunner'  # the one in process that knows TestStream
COMBINERS = {
    'end-of-window': window.TimestampCombiner.OUTPUT_AT_EOW,
    'earliest': window.TimestampCombiner.OUTPUT_AT_EARLIEST,
    'latest': window.TimestampCombiner.OUTPUT_AT_LATEST,
}
MODES = {
    'discarding': trigger.AccumulationMode.DISCARDING,
    'accumulating': trigger.AccumulationMode.ACCUMULATING,
}
TIMINGS = {0: 'early', 1: 'on-time', 2: 'late', 3: 'unknown'}


def windows_of(given):
    kind = given['kind']
    if kind == 'fixed':
        return window.FixedWindows(given['size'] / 1000, given['offset'] / 1000)
    if kind == 'sliding':
        return window.SlidingWindows(given['size'] / 1000, given['period'] / 1000, given['offset'] / 1000)
    if kind == 'sessions':
        return window.Sessions(given['gap'] / 1000)
    return window.GlobalWindows()


def trigger_of(given):
    kind = given['kind']
    if kind == 'default':
        return trigger.DefaultTrigger()
    if kind == 'always':
        return trigger.Always()
    if kind == 'never':
        return trigger._Never()
    if kind == 'after-count':
        return trigger.AfterCount(given['count'])
    if kind == 'after-processing-time':
        return trigger.AfterProcessingTime(given['delay'] // 1000)
    if kind == 'after-watermark':
        early, late = given.get('early'), given.get('late')
        return trigger.AfterWatermark(early=early and trigger_of(early), late=late and trigger_of(late))
    if kind == 'repeatedly':
        return trigger.Repeatedly(trigger_of(given['trigger']))
    if kind == 'or-finally':
        return trigger.OrFinally(trigger_of(given['trigger']), trigger_of(given['until']))
    several = {'after-any': trigger.AfterAny, 'after-all': trigger.AfterAll, 'after-each': trigger.AfterEach}[kind]
    return several(*[trigger_of(each) for each in given['triggers']])


def stream_of(script):
    stream = TestStream()
    for step in script:
        if step[0] == 'add':
            _, key, value, timestamp = step
            stream = stream.add_elements([window.TimestampedValue((key, value), timestamp / 1000)])
        elif step[0] == 'watermark':
            stream = stream.advance_watermark_to(step[1] / 1000)
        else:
            stream = stream.advance_processing_time(step[1] / 1000)
    return stream.advance_watermark_to_infinity()


def millis(timestamp):
    return timestamp.micros // 1000


class Note(beam.DoFn):
    """Appends what it gets to a file: DoFns are copied, so a list would stay empty."""

    def __init__(self, path):
        self.path = path

    def process(
        self,
        element,
        at=beam.DoFn.WindowParam,
        timestamp=beam.DoFn.TimestampParam,
        pane=beam.DoFn.PaneInfoParam,
    ):
        key, values = element
        bounds = None if isinstance(at, window.GlobalWindow) else [millis(at.start), millis(at.end)]
        pane_json = {
            'key': key,
            'window': bounds,
            'timestamp': millis(timestamp),
            'timing': TIMINGS[pane.timing],
            'index': pane.index,
            'onTimeIndex': pane.nonspeculative_index,
            'isLast': pane.is_last,
            'values': sorted(values),
        }
        with open(self.path, 'a') as file:
            file.write(json.dumps(pane_json) + '\n')


def run(case, path):
    open(path, 'w').close()
    options = PipelineOptions(['--streaming', '--allow_unsafe_triggers'])
    with beam.Pipeline(runner=RUNNER, options=options) as pipeline:
        (
            pipeline
            | stream_of(case['script'])
            | beam.WindowInto(
                windows_of(case['windows']),
                trigger=trigger_of(case['trigger']),
                accumulation_mode=MODES[case['accumulation']],
                timestamp_combiner=COMBINERS[case['timestampCombiner']],
                allowed_lateness=case['lateness'] / 1000,
            )
            | beam.GroupByKey()
            | beam.ParDo(Note(path))
        )
    with open(path) as file:
        return [json.loads(line) for line in file]


def attempt(case, path, results):
    try:
        results.put({'panes': run(case, path)})
    except Exception as error:  # the comparison reports it
        results.put({'error': f'{type(error).__name__}: {error}'})


def run_apart(case, path):
    """Runs a case in a process of its own: some failures leave the runner waiting for ever."""
    fork = multiprocessing.get_context('fork')
    results = fork.SimpleQueue()
    process = fork.Process(target=attempt, args=(case, path, results))
    process.start()
    process.join(SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
        return {'error': f'it did not end within {SECONDS} s'}
    return {'error': 'its process died'} if results.empty() else results.get()


def main():
    logging.disable(logging.ERROR)
    with open(sys.argv[1]) as file:
        cases = json.load(file)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            if not case.get('beam', {}).get('skipped'):
                results.append({'name': case['name'], **run_apart(case, os.path.join(folder, 'panes'))})
    json.dump({'version': beam.__version__, 'cases': results}, sys.stdout)


main()
