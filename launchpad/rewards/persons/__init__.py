"""One person, one reward: which accounts seem to be one person, and why.

persons.look(customer_id)                      what they have in common with others, now
verdict = persons.same_person(one, other)      true when certain or suspected
persons.others(customer_id)                    everybody linked, with the reasons
"""

from launchpad.rewards.persons.ask import NOBODY, Verdict, others, same_person
from launchpad.rewards.persons.find import dismiss, find_all, look

__all__ = ["NOBODY", "Verdict", "dismiss", "find_all", "look", "others", "same_person"]
