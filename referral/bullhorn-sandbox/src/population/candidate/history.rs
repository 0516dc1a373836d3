//! Jobs and schools of a candidate as records of their own.

use super::record::Typist;
use crate::population::dates;
use crate::population::quirks::cut;
use crate::population::record::{CandidateRecord, EducationRecord, Wire, WorkHistoryRecord};

/// Keys of the jobs, and of the schools, of one candidate.
const KEYS: u32 = 16;

impl Typist<'_> {
    pub(super) fn history(&mut self, record: &mut CandidateRecord) {
        let career = self.subject.career;
        // Some records were never parsed.
        if self.random.percent(86) {
            record.work_histories = career
                .jobs
                .iter()
                .zip(self.id * KEYS..)
                .map(|(job, id)| WorkHistoryRecord {
                    id,
                    title: cut(job.title, 100),
                    company_name: job.company.clone(),
                    start_date: dates::midnight(job.start),
                    end_date: job
                        .end
                        .map_or(Wire::Null, |end| Wire::Value(dates::midnight(end))),
                    is_last_job: job.end.is_none(),
                })
                .collect();
        }
        if self.random.percent(80) {
            record.educations = career
                .schools
                .iter()
                .zip(self.id * KEYS..)
                .map(|(school, id)| EducationRecord {
                    id,
                    school: school.name.clone(),
                    degree: school.degree.to_owned(),
                    major: school
                        .major
                        .map_or(Wire::Null, |major| Wire::Value(major.to_owned())),
                    graduation_date: Wire::Value(dates::midnight(school.graduation)),
                })
                .collect();
        }
    }
}
