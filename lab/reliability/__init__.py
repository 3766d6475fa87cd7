"""How the cluster bears faults and load: `python -m lab.reliability`; docs/reliability.md says what it measures and how."""
