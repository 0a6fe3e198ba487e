"""What is declared to leave: one plan per file of `releases/`, checked against the register and the mapping."""

from policies.releases.plans import DeclaredPlan, plan_faults

__all__ = ["DeclaredPlan", "plan_faults"]
