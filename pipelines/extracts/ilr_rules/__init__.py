"""DfE's business rules of the Individualised Learner Record, a file for each thing they are about.

They stand in DfE's words turned into expressions, under DfE's names: "ILR validation rules 2025/26" lists
881, of which those are here that bear on identity, age, level, dates, completion and place and need no
register that only DfE holds. DfE publishes the list year by year; that of 2025/26 is the one at hand, so a
rule holds for every year that can be read, except where its own text, or a code list, says otherwise.

Severity is ours, not DfE's: a row is set aside only where it could not be counted rightly.
"""
