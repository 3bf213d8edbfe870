"""What becomes of the rows that were kept of each return, as analysts see it."""

from datetime import date

from tests.conftest import ULN_A


def outcomes(bench):
    return dict(bench.rows("select outcome, records from core.reconciliation order by outcome"))


def test_each_record_has_one_outcome(bench):
    bench.record("a", uln=ULN_A, course="Maths")
    bench.record("b", course="English")
    # The same enrolment as the first, in a later return.
    bench.record("a", uln=ULN_A, course="Maths")
    bench.record("c", start_date=date(2025, 8, 1))
    bench.record("d", start_date=date(2023, 9, 1), end_date=date(2024, 7, 31))
    bench.run()
    assert outcomes(bench) == {"enrolment": 2, "outside_year": 2, "restated": 1}
    assert bench.rows("select distinct return_id, kept from core.reconciliation") == [("r1", 5)]


def test_a_record_that_gets_lost_on_the_way_is_unexplained(bench):
    bench.record("a")
    bench.record("b")
    bench.run()
    bench.make("core.enrolment")
    with bench.pipeline.warehouse() as connection:
        connection.execute("delete from core.enrolment where record_id = 1").fetchall()
    assert outcomes(bench) == {"enrolment": 1, "unexplained": 1}
