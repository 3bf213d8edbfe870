-- Local: people with recorded learning whose home is not known, of all: counted at providers, as where they live is the
-- question. They are among the residents of no figure.
-- Grain: one row for each cell that somebody is in.
select
    part.part, learner.academic_year, 'provider' as basis, learner.age, learner.sex, '_T' as breakdown,
    '_T' as category,
    count(*) as persons, sum(learner.if_all_joined) as persons_low, sum(learner.if_none_joined) as persons_high,
    sum(learner.record_key) as key_sum
from core.participation as learner
join (values ('numerator'), ('denominator')) as part (part)
    on part.part = 'denominator' or learner.residence = 'unknown'
group by all
