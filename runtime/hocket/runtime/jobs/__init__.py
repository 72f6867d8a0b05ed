"""Work in the background: what is learned from turns, what becomes of threads nobody uses, and
what a new process finds.

A job is a row before it is a task (:mod:`hocket.runtime.store.job_units`), and a task of the
runtime's own nursery while it is one: nothing is done that nobody waits for, and nothing is lost
with a process.
"""
