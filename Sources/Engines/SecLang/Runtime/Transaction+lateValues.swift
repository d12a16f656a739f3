// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel

extension Transaction {
    /// The value of a variable that is made only when a rule asks for it; nil where there is none.
    mutating func lateValue(of variable: Variable) -> ByteRange? {
        switch variable {
        case .requestBody:
            return requestBodyVariable()
        case .streamInputBody:
            return arena.append(requestBody)
        case .fullRequest:
            return fullRequest()
        case .fullRequestLength:
            return number(fullRequest().count)
        case .responseBody, .streamOutputBody:
            return phase >= 4 && responseBodyAccess ? arena.append(responseBody) : nil
        case .highestSeverity:
            return number(highestSeverity)
        case .duration:
            return number(Int((context.now() &- startTime) / 1_000))
        case .remoteHost:
            return scalars[Int(Variable.remoteAddress.rawValue)] >= 0 ? copy(of: .remoteAddress) : nil
        default:
            return timeValue(of: variable)
        }
    }

    private mutating func copy(of variable: Variable) -> ByteRange? {
        let index = scalars[Int(variable.rawValue)]
        return index < 0 ? nil : values[Int(index)].bytes
    }

    /// REQUEST_BODY is there for urlencoded bodies and where `forceRequestBodyVariable` asks for it, as in
    /// ModSecurity v2; a body without a processor shows in full.
    private mutating func requestBodyVariable() -> ByteRange? {
        guard phase >= 2, requestBodyAccess else {
            return nil
        }
        switch bodyProcessor {
        case .xml, .json, .multipart:
            guard forcesRequestBodyVariable else {
                return nil
            }
        case .urlencoded, .raw, nil:
            break
        }
        return arena.append(requestBody)
    }

    private mutating func fullRequest() -> ByteRange {
        var bytes = record.request?.bytes ?? []
        bytes += Array("\r\n\r\n".utf8)
        bytes += requestBody
        return arena.append(bytes)
    }

    private mutating func timeValue(of variable: Variable) -> ByteRange? {
        let time = CivilTime(nanoseconds: startTime, offset: context.timeZoneOffset)
        switch variable {
        case .time: return arena.append(Array(time.clock.utf8))
        case .timeDay: return number(time.day)
        case .timeEpoch: return number(Int(startTime / 1_000_000_000))
        case .timeHour: return number(time.hour)
        case .timeMinute: return number(time.minute)
        case .timeMonth: return number(time.month - 1)
        case .timeSecond: return number(time.second)
        case .timeWeekday: return number(time.weekday)
        case .timeYear: return number(time.year)
        default: return nil
        }
    }
}
