/*
 * The exception classes: their constructors, reasons and throwIt.
 * [JCAPI CardRuntimeException] [JCRE 9.2]
 */
#include "natives/natives.h"
#include "natives/support.h"

/* Constructors without a reason: there is nothing to do. */
enum vm_native_result native_throwable_new(struct vm *vm,
                                           const struct vm_call *call)
{
    (void)vm;
    (void)call;
    return VM_NATIVE_DONE;
}

/* Constructors with a reason, and setReason. */
enum vm_native_result native_exception_set_reason(struct vm *vm,
                                                  const struct vm_call *call)
{
    vm_set_exception_reason(vm, call->cells[0], call->cells[1]);
    return VM_NATIVE_DONE;
}

enum vm_native_result native_exception_reason(struct vm *vm,
                                              const struct vm_call *call)
{
    return native_done_short(vm, vm_exception_reason(vm, call->cells[0]));
}

#define THROW_IT(function, class_name)                                         \
    enum vm_native_result function(struct vm *vm, const struct vm_call *call)  \
    {                                                                          \
        return vm_throw_name(vm, class_name, call->cells[0]);                  \
    }

THROW_IT(native_throw_it_card, "javacard/framework/CardException")
THROW_IT(native_throw_it_card_runtime,
         "javacard/framework/CardRuntimeException")
THROW_IT(native_throw_it_iso, "javacard/framework/ISOException")
THROW_IT(native_throw_it_pin, "javacard/framework/PINException")
THROW_IT(native_throw_it_apdu, "javacard/framework/APDUException")
THROW_IT(native_throw_it_system, "javacard/framework/SystemException")
THROW_IT(native_throw_it_transaction, "javacard/framework/TransactionException")
THROW_IT(native_throw_it_user, "javacard/framework/UserException")
THROW_IT(native_throw_it_service, "javacard/framework/service/ServiceException")
THROW_IT(native_throw_it_crypto, "javacard/security/CryptoException")
THROW_IT(native_throw_it_external, "javacardx/external/ExternalException")
THROW_IT(native_throw_it_util, "javacardx/framework/util/UtilException")
THROW_IT(native_throw_it_string, "javacardx/framework/string/StringException")
THROW_IT(native_throw_it_certificate,
         "javacardx/security/cert/CertificateException")
THROW_IT(native_throw_it_date_time,
         "javacardx/framework/time/DateTimeException")
THROW_IT(native_throw_it_tlv, "javacardx/framework/tlv/TLVException")
THROW_IT(native_throw_it_bio, "javacardx/biometry/BioException")
THROW_IT(native_throw_it_bio1ton, "javacardx/biometry1toN/Bio1toNException")
