"""The corpus: functions written as users write them, each run in every mode. `registry` says how one is added."""
