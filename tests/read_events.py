"""Prints the numbers in a folder's event files, as TensorBoard reads them: {"name": [[step, value], ...]}."""
import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1])
events.Reload()
print(json.dumps({name: [[e.step, e.value] for e in events.Scalars(name)] for name in events.Tags()["scalars"]}))
